"""What the made-up company wants from its customers in a quarter: the first tree of its OKRs.

Indented by level: O an objective, K a key result; owner | title | result | score.
"""

from typing import Final

GROWTH: Final = """\
O Managing Director | A Christmas season that customers remember fondly
  K Head of Sales | Sales grow by 8 % on the year before | +6.4 % on the year before | 0.80
    O Head of Marketing | Leads that sales likes to call
      K Head of Marketing | 35 leads a day accepted by sales | 31 a day in December | 0.88
        O Campaign Team | Campaigns that speak of what people look for
          K Campaign Team | 8 campaigns built on the interviews | 7 of 8 campaigns live | 0.88
          K Campaign Team | Cost per lead below 25 EUR | 26.10 EUR at the year's end | 0.75
          K Campaign Team | Newsletter split by what people bought | Done | 1.00
        O Content Team | Product pages that answer the question
          K Content Team | 400 pages with measured sizes | 80 % complete
          K Content Team | Every return reason answered on its page | Not started
          K Content Team | Films for the 20 products most asked about | 20 of 20 | 1.00
      K Head of Marketing | Sales and marketing agree on what a lead is | Done | 1.00
        O Lead Desk | One definition, used by everybody
          K Lead Desk | Definition written with three of sales | Done | 1.00
          K Lead Desk | All open leads sorted by it | 100 % complete | 1.00
          K Lead Desk | Complaints on leads below 5 a week | 4 a week since November | 1.00
      K Head of Marketing | Half of the leads called within an hour | 41 % in December | 0.60
        O Inside Sales Team | Nobody waits for our call
          K Inside Sales Team | Callbacks planned by shift | 60 % complete
          K Inside Sales Team | Leads passed on from the app at once | In progress
  K Head of E-Commerce | 3.6 % of visits end in an order | 3.41 % over the quarter | 0.70
    O Head of Web Platform | A checkout that makes nobody wait
      K Head of Web Platform | Checkout within 370 ms in the evening | 381 ms in December | 0.85
        O Checkout Team | Ready for the busiest day of the year
          K Checkout Team | Load test at twice last year's peak | Done | 1.00
          K Checkout Team | Caches warmed before each sale | 5 of 6 sales | 0.83
          K Checkout Team | Old payment path removed | Not started, moved to next quarter
        O Database Team | Queries that do not queue
          K Database Team | Ten slowest queries rewritten | 9 of 10 queries | 0.90
          K Database Team | Order table split by year | 70 % done
      K Head of Web Platform | No outage longer than five minutes | 11 minutes in November | 0.50
        O Site Operations | We know before the customer does
          K Site Operations | Alerts for each step of the checkout | Done | 1.00
          K Site Operations | Drills held every second week | 5 of 6 drills | 0.83
          K Site Operations | Reports on incidents within three days | 2 of 3 reports
      K Head of Web Platform | Payment by instalments for everybody
        O Payments Team | Pay as it suits you
          K Payments Team | Two banks under contract | 1 of 2
          K Payments Team | Customers who may pay by instalments
          K Payments Team | Refunds within two days | 90 % complete
    O Head of Search | Found at the first attempt
      K Search Team | Searches without a result below 4 % | 5.2 % in December | 0.40
        O Catalogue Team | Names that people use
          K Catalogue Team | Synonyms for the 500 most frequent misses | 430 of 500 words | 0.86
          K Catalogue Team | Attributes filled for all new products | 95 % complete | 0.95
      K Search Team | 12 customers interviewed on how they search | 11 of 12 interviews | 0.92
      K Search Team | Filters that fit the category | In progress
  K Head of Customer Care | 82 % of customers are content | 81.2 % in the December survey | 0.80
    O Head of Customer Care | An answer the first time somebody asks
      K Head of Customer Care | 74 % settled in the first conversation | 73.1 % | 0.75
        O Care Floor | Everybody may decide
          K Training Team | 20 colleagues may settle claims | 18 of 20 colleagues | 0.90
          K Care Floor | Goodwill up to 50 EUR without asking | Done | 1.00
          K Care Floor | Handbook of decisions in one place | Done | 1.00
      K Shift Planning | Waiting below 3.3 minutes on Sunday evenings | 3.6 minutes | 0.55
        O Shift Planning | Shifts that follow the calls
          K Shift Planning | Forecast by the hour | Done | 1.00
          K Shift Planning | 10 colleagues more on Sundays | 6 of 10
      K Head of Customer Care | Every complaint answered in writing
        O Complaints Desk | A letter for every complaint
          K Complaints Desk | Backlog from summer cleared | 100 % complete | 1.00
          K Complaints Desk | Answers within four days | Tracking to 90 %
"""
